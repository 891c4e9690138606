package call

// Name says who calls.
func Name() string { return "hook" }
