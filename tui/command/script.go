package command

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// shells are those for which there is a script.
var shells = []string{"bash", "zsh", "fish"}

// wrappers are what a shell calls instead of a program: ssh with each word in quotes, because ssh puts a blank between
// words and the service splits the line anew. So quotes are typed once, and empty words survive. Bash gets what cobra's
// script needs of the package bash-completion, if that is not there.
var wrappers = map[string]string{
	"bash": `%[1]s() {
    local word line=""
    for word in "$@"; do
        line+=" '${word//\'/\'\\\'\'}'"
    done
    command ssh %[2]s ${line:+"$line"}
}
declare -F _get_comp_words_by_ref >/dev/null || _get_comp_words_by_ref() {
    cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} words=("${COMP_WORDS[@]}") cword=$COMP_CWORD
}
`,
	"zsh": `%[1]s() {
    command ssh %[2]s ${(j: :)${(qq)@}}
}
`,
	"fish": `function %[1]s
    set -l line
    for word in $argv
        set -a line "'"(string replace --all -- "'" "'\\''" $word)"'"
    end
    command ssh %[2]s $line
end
`,
}

// howTo says, by shell, how the script is put to use.
var howTo = map[string]string{
	"bash": `eval "$(ssh %s completion bash)"`,
	"zsh":  `eval "$(ssh %s completion zsh)"`,
	"fish": `ssh %s completion fish | source`,
}

// scriptJSON is the script of a shell, for a program that puts it where the shell looks for completions.
type scriptJSON struct {
	Shell  string `json:"shell"`
	Name   string `json:"name"` // of the function that it defines
	Script string `json:"script"`
}

// completionCommand is open to any key: what is completed is decided by the key that asks later.
func completionCommand() Command {
	return Command{
		Path: "completion", Help: "print a script that lets a shell complete commands, flags and ids",
		Long: "The script defines a function, tuppence by default, that calls this service by ssh, and completes words by " +
			"asking the service:\n" +
			"  in ~/.bashrc:                  eval \"$(ssh HOST completion bash)\"\n" +
			"  in ~/.zshrc, after compinit:   eval \"$(ssh HOST completion zsh)\"\n" +
			"  in ~/.config/fish/config.fish: ssh HOST completion fish | source\n" +
			"Words in quotes need no second quotes there: tuppence dispute ID --reason duplicate --text 'Bought twice.'",
		Inputs: []Input{
			arg(KindShell), option("name", KindName, "what the function is called").preset(programName),
		},
		JSON: scriptJSON{}, Run: runCompletion,
	}
}

// runCompletion prints a script. It is run by a shell, so nothing of it comes from outside but the host, word by
// word in quotes.
func runCompletion(r *Run) error {
	shell, name := r.Args[0], r.flag("name")
	if strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789_") != "" || name == "" || name[0] < 'a' {
		return r.misuse("--name is %q; it is made of a to z, 0 to 9 and _.", typed(name))
	}
	house, err := r.Service.House(r.Ctx)
	if err != nil {
		return err
	}
	host, err := hostWords(house)
	if err != nil {
		return err
	}
	// The first line says how the script is used, as a comment: who opens the file later sees where it came from.
	var b strings.Builder
	fmt.Fprintf(&b, "# "+howTo[shell]+"\n\n", host)
	fmt.Fprintf(&b, wrappers[shell]+"\n", name, host)
	if err := writeScript(r.tree(name), shell, &b); err != nil {
		return err
	}
	return r.answer(scriptJSON{shell, name, b.String()}, func(s *textWriter) { s.raw(b.String()) })
}

// writeScript is cobra's part: it asks the function for completions as it would ask a program.
func writeScript(root *cobra.Command, shell string, w io.Writer) error {
	switch shell {
	case "bash":
		return root.GenBashCompletionV2(w, true)
	case "zsh":
		return root.GenZshCompletion(w)
	default:
		return root.GenFishCompletion(w, true)
	}
}

// hostWords is what stands after ssh, each word in quotes where it needs them: a script is run.
func hostWords(house view.House) (string, error) {
	words, err := Words(house.Host)
	if err != nil {
		return "", ledger.Refuse(ledger.ErrUnavailable, "Tell the operator.", "The host's name cannot be typed: %s.", err)
	}
	return strings.Join(view.Map(words, quote), " "), nil
}
