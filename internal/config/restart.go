package config

import "reflect"

// RestartKeys names the keys that differ and that a running process does not take
// over: sockets, the database and the mail connections are opened once.
func RestartKeys(running, next *Config) []string {
	before, after := reflect.ValueOf(running.file), reflect.ValueOf(next.file)
	sections := names(before.Type())
	var keys []string
	for i, section := range sections {
		if before.Type().Field(i).Tag.Get("reload") == "" {
			keys = append(keys, differing(section, before.Field(i), after.Field(i))...)
		}
	}
	return keys
}

func differing(section string, before, after reflect.Value) []string {
	var keys []string
	for i, name := range names(before.Type()) {
		if !reflect.DeepEqual(before.Field(i).Interface(), after.Field(i).Interface()) {
			keys = append(keys, section+"."+name)
		}
	}
	return keys
}
