package apitest

// closeSchemas makes every object in the document refuse members that it does not list,
// for responses. The document itself leaves them open: an answer may get more members
// with a later version, and whoever adds one must hear that it is not listed.
func closeSchemas(tree any) {
	node, isObject := tree.(map[string]any)
	if !isObject {
		return
	}
	for name, child := range node {
		switch name {
		case "schema":
			closeSchema(child, true)
		case "schemas":
			for _, component := range child.(map[string]any) {
				closeSchema(component, false)
			}
		default:
			closeSchemas(child)
		}
	}
}

// closeSchema closes a schema and all within it. One that is only a part of a whole, as
// every component may be, stays open itself: the whole knows what the other parts list.
func closeSchema(schema any, whole bool) {
	node, isObject := schema.(map[string]any)
	if !isObject {
		return // true or false
	}
	for name, child := range node {
		switch name {
		case "properties":
			for _, property := range child.(map[string]any) {
				closeSchema(property, true)
			}
		case "dependentSchemas":
			for _, part := range child.(map[string]any) {
				closeSchema(part, false)
			}
		case "items":
			closeSchema(child, true)
		case "allOf", "anyOf", "oneOf":
			for _, part := range child.([]any) {
				closeSchema(part, false)
			}
		}
	}
	if whole && !isFree(node) {
		node["unevaluatedProperties"] = false
	}
}

// isFree says whether a schema leaves an object's members to whoever fills it.
func isFree(schema map[string]any) bool {
	for _, keyword := range []string{"$ref", "properties", "allOf", "anyOf", "oneOf"} {
		if _, given := schema[keyword]; given {
			return false
		}
	}
	return true
}
