package tui

// Letters of keyboards that have no Latin ones, in the places of the Latin row below: a key means what its place means,
// so о is j. Text that is typed stays as it is.
const (
	latinKeys    = "qwertyuiopasdfghjklzxcvbnmQWERTYUIOPASDFGHJKLZXCVBNM"
	cyrillicKeys = "йцукенгшщзфывапролдячсмить" +
		"ЙЦУКЕНГШЩЗФЫВАПРОЛДЯЧСМИТЬ"
	greekKeys = ";ςερτυθιοπασδφγηξκλζχψωβνμ" +
		":ΣΕΡΤΥΘΙΟΠΑΣΔΦΓΗΞΚΛΖΧΨΩΒΝΜ"
	hebrewKeys = "/'קראטוןםפשדגכעיחלךזסבהנמצ"
	arabicKeys = "ضصثقفغعهخحشسيبلاتنمئءؤرىةو"
)

// latinOf are the letters of those keyboards and the Latin letter in the same place.
var latinOf = func() map[rune]rune {
	all, latin := map[rune]rune{}, []rune(latinKeys)
	for _, keys := range []string{cyrillicKeys, greekKeys, hebrewKeys, arabicKeys} {
		for i, r := range []rune(keys) {
			if r > 0x7f { // signs keep their own meaning
				all[r] = latin[i]
			}
		}
	}
	return all
}()

// latin returns the key in whose place a letter of another keyboard is.
func latin(k Key) Key {
	if len(k.Runes) != 1 || k.Paste {
		return k
	}
	if r, other := latinOf[k.Runes[0]]; other {
		k.Runes = []rune{r}
	}
	return k
}
