package store

// insert writes a row, given by its pointer. A zero CreatedAt is not filled in, as gorm
// would, in seconds.
func (tx *Tx) insert(row any) error {
	insertion := tx.insertion(row)
	return tx.change(insertion.text, insertion.values...)
}

// insertFirst writes a row whose key was free. SQLite has one writer, so there it still is.
func (tx *Tx) insertFirst(row any) error {
	if p, ok := tx.pipeline(); ok {
		p.later(firstCome{tx.insertion(row)})
		return nil
	}
	return tx.insert(row)
}

// insertOrNothing writes a row unless one of its keys is taken, and says whether
// it did.
func (tx *Tx) insertOrNothing(row any) (inserted bool, err error) {
	insertion := tx.insertion(row)
	n, err := tx.exec(insertion.text+" ON CONFLICT DO NOTHING", insertion.values...)
	return n > 0, err
}
