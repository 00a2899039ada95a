package main

// PluginCmd is everything about connectors.
type PluginCmd struct {
	pluginAuthor
}
