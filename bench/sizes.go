package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// sizes are a flag's numbers, with commas between.
type sizes []int

func (s *sizes) String() string {
	return strings.Trim(strings.ReplaceAll(fmt.Sprint(*s), " ", ","), "[]")
}

func (s *sizes) Set(text string) error {
	*s = nil
	for part := range strings.SplitSeq(text, ",") {
		n, err := strconv.Atoi(part)
		if err != nil || n < 2 {
			return errors.New("want numbers from 2 on, with commas between")
		}
		*s = append(*s, n)
	}
	return nil
}
