package config

// nearestTo finds the word that was probably meant: one or two slips away, in a word
// long enough that this says something.
func nearestTo(written string, known []string) (string, bool) {
	best, found := 3, ""
	for _, word := range known {
		if slips := distance(written, word); slips < best && slips*2 <= len(word) {
			best, found = slips, word
		}
	}
	return found, found != ""
}

// distance is Levenshtein's, over bytes: the words we know are ASCII. It gives up on
// what is far longer than any key.
func distance(a, b string) int {
	if len(a) > 64 {
		return len(a)
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			substitution := diagonal
			if a[i] != b[j] {
				substitution++
			}
			diagonal = row[j+1]
			row[j+1] = min(substitution, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}
