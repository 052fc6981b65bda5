package server

import (
	"context"
	"sync"

	"tuppence/server/books"
	"tuppence/server/ledger"
)

// nameAsRestored reads the generations of the books and takes the ciphers of names from them: a name of a branch that a
// restore left behind opens to nothing, whatever has its number now.
func (s *Server) nameAsRestored(ctx context.Context) error {
	err := s.view(ctx, func(r books.Reader) (err error) {
		s.restores, err = r.Generations()
		return err
	})
	s.seal = s.seal.In(s.restores, s.lostName())
	return err
}

// generation is the generation of the books in which numbers are given.
func (s *Server) generation() ledger.Generation {
	if len(s.restores) == 0 {
		return ledger.Generation{}
	}
	return s.restores[len(s.restores)-1]
}

// lostName tells the log once for each kind of name that somebody asks for what a restore has left behind: the caller
// is told that there is no such thing, and an operator who is asked about it finds the reason.
func (s *Server) lostName() func(kind string) {
	var told sync.Map
	return func(kind string) {
		if _, again := told.LoadOrStore(kind, true); !again {
			s.log.Warn("a name was asked for that belongs to what a restore has left behind: not found", "kind", kind)
		}
	}
}
