package seal

// BillerMark is a name for the number of an account at a biller that only this service can make: one number has one,
// and the number does not follow from it.
func (s *Sealer) BillerMark(biller, number string) [32]byte {
	return [32]byte(s.mac(s.derive("biller account", 32), []byte(biller), []byte{0}, []byte(number)))
}
