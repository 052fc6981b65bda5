package command

import "tuppence/tui/command/commandtest"

// keyLines are about keys of programs and of servers.
var keyLines = []execLine{
	{ada, "agents"},
	{ada, "agent add pilot " + commandtest.AgentKey + " --each 0.50 --day 5 --days 30 --vendor acme-news --currency EUR"},
	{ada, "agent add pilot SHA256:nokey --each 0.50 --day 5 --currency eur"},
	{ada, "agent add pilot " + commandtest.AgentKey + " --each 0.50 --day 5"},
	{ada, "agent limit builder --day 2 --total none"},
	{ada, "agent limit builder --day 20"},
	{ada, "agent end builder"},
	{ada, "agent end nothing"},
	{vera, "shop keys"},
	{vera, "shop key add till --scope charges:write,offers:read --days 30 --from 203.0.113.0/24"},
	{vera, "shop key add till --scope charges:write --days 0"},
	{vera, "shop key roll shop-server"},
	{vera, "shop key roll shop-server --overlap 1h --yes"},
	{vera, "shop key end shop-server --yes"},
	{vera, "shop key end nothing"},
}

// listenLines are for who writes a server.
var listenLines = []execLine{
	{vera, "shop listen"},
	{vera, "shop trigger charge.succeeded"},
	{vera, "shop trigger link.created --hook whe_1cd8v"},
}
