package models

import (
	"reflect"
	"testing"
)

// begun is a session by a link, begun at 10.
func begun() Session {
	return Session{Method: MethodLink, FactorID: ID{1}, StartedAt: 10, AuthenticatedAt: 10}
}

func TestToShowAFactorAgainMovesItsTime(t *testing.T) {
	s := begun()
	s.Show(MethodCode, ID{1}, 20)
	s.Show(MethodLink, ID{2}, 30)
	s.Show(MethodLink, ID{1}, 40)
	s.Show(MethodCode, ID{1}, 50)
	want := Factors{
		{Method: MethodLink, ID: ID{1}, CreatedAt: 10, AuthenticatedAt: 40},
		{Method: MethodCode, ID: ID{1}, CreatedAt: 20, AuthenticatedAt: 50},
		{Method: MethodLink, ID: ID{2}, CreatedAt: 30, AuthenticatedAt: 30},
	}
	if got := s.Factors(); !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestOfLaterEmbeddedLinksTheLastIsKept(t *testing.T) {
	s := begun()
	s.Method = MethodEmbedded
	for at := Instant(20); at <= 40; at += 10 {
		s.Show(MethodEmbedded, ID{byte(at)}, at)
	}
	want := Factors{
		{Method: MethodEmbedded, ID: ID{1}, CreatedAt: 10, AuthenticatedAt: 10},
		{Method: MethodEmbedded, ID: ID{40}, CreatedAt: 40, AuthenticatedAt: 40},
	}
	if got := s.Factors(); !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

// A copy of a session is a copy of its factors, too.
func TestToShowAFactorLeavesACopyAlone(t *testing.T) {
	s := begun()
	s.Show(MethodCode, ID{1}, 20)
	before := s
	s.Show(MethodCode, ID{1}, 30)
	if got := before.MoreFactors[0].AuthenticatedAt; got != 20 {
		t.Errorf("got %d, want 20", got)
	}
}
