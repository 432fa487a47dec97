package main

import (
	"context"
	"fmt"
	"os"
	"text/tabwriter"
)

// commitRates are what SQLite does with nothing of ours around it, in each round.
type commitRates struct {
	Single  []float64 `json:"one_row_a_commit_per_second"`
	Grouped []float64 `json:"rows_in_commits_of_64_per_second"`
}

// groupedRows is how many rows share a commit where they do.
const groupedRows = 64

// measureCommits is no goal. It says what a commit costs on this machine's disk, and so
// why there is a group commit.
func measureCommits(ctx context.Context, b *bench) (any, error) {
	rates := new(commitRates)
	p := newProgress("commits", b.rounds)
	for i := range b.rounds {
		p.round(i)
		for rows, into := range map[int]*[]float64{1: &rates.Single, groupedRows: &rates.Grouped} {
			rate, err := ceilingRate(ctx, "sqlite", fmt.Sprint(rows), b.lasting.String())
			if err != nil {
				return nil, err
			}
			*into = append(*into, rate)
		}
	}
	table := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "SQLite, every commit synced, prepared INSERT\trows/s")
	fmt.Fprintf(table, "one row a commit\t%.0f\n", median(rates.Single))
	fmt.Fprintf(table, "%d rows a commit\t%.0f\n\n", groupedRows, median(rates.Grouped))
	return rates, table.Flush()
}
