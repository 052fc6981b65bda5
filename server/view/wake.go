package view

// Wake says what may have changed of what a caller sees. The zero value says anything: who is woken reads again what it
// shows. A window that only went on is told with its end, because every person who types moves it once a minute.
type Wake struct {
	Window Time // when the purchase window closes now, if nothing else has changed
}

// Anything reports whether more than the purchase window may have changed.
func (w Wake) Anything() bool { return w.Window.IsZero() }
