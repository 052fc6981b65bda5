"use strict";
(() => {
  const main = document.querySelector("main");
  const copy = document.getElementById("copy");
  const command = document.getElementById("command");
  if (copy && command && navigator.clipboard) {
    copy.hidden = false;
    copy.addEventListener("click", async () => {
      await navigator.clipboard.writeText(command.textContent);
      copy.textContent = "Copied";
    });
  }
  const left = document.getElementById("left");
  if (!left) return;
  const tick = () => {
    const s = Math.max(0, Number(main.dataset.expires) - Math.floor(Date.now() / 1000));
    const [n, unit] = s > 60 ? [Math.ceil(s / 60), "minute"] : [s, "second"];
    left.textContent = `Valid for ${n} more ${unit}${n === 1 ? "" : "s"}.`;
  };
  tick();
  setInterval(tick, 1000);
  const events = new EventSource(main.dataset.events);
  events.addEventListener("answered", () => {
    events.close();
    location.replace(main.dataset.return);
  });
  // Refused for good: the page says why when it is loaded again, or is there for this browser.
  events.addEventListener("error", () => {
    if (events.readyState === EventSource.CLOSED) setTimeout(() => location.reload(), 5000);
  });
})();
