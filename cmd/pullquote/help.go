package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// One text serves help, the manual page and the manual: a command's Use,
// Short, Long, Example, flags, and exit statuses.

const helpTemplate = `{{with (or .Long .Short)}}{{. | trimTrailingWhitespaces}}

{{end}}{{.UsageString}}`

const usageTemplate = `Usage:{{if and .Runnable .HasParent}}
  {{.UseLine}}{{end}}{{if .HasAvailableSubCommands}}
  {{.CommandPath}} COMMAND{{end}}
{{if .HasAvailableSubCommands}}{{$cmds := .Commands}}{{if .Groups}}{{range $group := .Groups}}
{{.Title}}:{{range $cmds}}{{if (and (eq .GroupID $group.ID) .IsAvailableCommand)}}
  {{rpad .Name .NamePadding}} {{.Short}}{{end}}{{end}}
{{end}}{{else}}
Commands:{{range $cmds}}{{if .IsAvailableCommand}}
  {{rpad .Name .NamePadding}} {{.Short}}{{end}}{{end}}
{{end}}{{end}}{{if .HasAvailableLocalFlags}}
Flags:
{{.LocalFlags.FlagUsages | trimTrailingWhitespaces}}
{{end}}{{if and .HasAvailableInheritedFlags (not .HasAvailableSubCommands)}}
Flags of every command:
{{.InheritedFlags.FlagUsages | trimTrailingWhitespaces}}
{{end}}{{with .Annotations.exit}}
Exit status:
{{.}}
{{end}}{{if .HasExample}}
Example:
{{.Example}}
{{end}}`

// exits writes the exit statuses of a command: which of the four it has, in
// its own words where they differ.
func exits(needs string) map[string]string {
	text := "  0  done\n  1  failed: the disk, the database, or the program\n  2  misused: a wrong flag, name or place"
	if needs != "" {
		text += "\n  3  done, but something needs you: " + needs
	}
	return map[string]string{"exit": text}
}

// helpCommand is `pullquote help [COMMAND]`; with --man it writes manual
// pages, with --markdown the manual.
func helpCommand(root *cobra.Command) *cobra.Command {
	var man, markdown, names bool
	cmd := &cobra.Command{
		Use:   "help [COMMAND...]",
		Short: "Help for a command; --man writes its manual page",
		Long: `Help for a command. With --man the same text is written as a manual page in
roff, for a man folder; with --markdown the manual of all commands is written.`,
		Example: `  pullquote help collect
  pullquote help --man > pullquote.1
  pullquote help --man collect > pullquote-collect.1`,
		Annotations:       exits(""),
		ValidArgsFunction: completeCommands,
		RunE: func(cmd *cobra.Command, args []string) error {
			target, rest, err := root.Find(args)
			if err != nil || len(rest) > 0 {
				return &usageError{fmt.Sprintf("there is no command %q", strings.Join(args, " ")), "`pullquote help` lists them"}
			}
			switch {
			case names:
				for _, c := range target.Commands() {
					if c.IsAvailableCommand() && c.Name() != "completion" {
						fmt.Fprintln(cmd.OutOrStdout(), c.Name())
					}
				}
			case man:
				fmt.Fprint(cmd.OutOrStdout(), manPage(target))
			case markdown:
				fmt.Fprint(cmd.OutOrStdout(), manual(root))
			default:
				return target.Help()
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&man, "man", false, "write the manual page in roff")
	cmd.Flags().BoolVar(&names, "names", false, "write the names of the commands, one a line")
	cmd.Flags().BoolVar(&markdown, "markdown", false, "write the manual of all commands in Markdown")
	return cmd
}

func completeCommands(cmd *cobra.Command, args []string, toComplete string) ([]string, cobra.ShellCompDirective) {
	var names []string
	if target, _, err := cmd.Root().Find(args); err == nil {
		for _, c := range target.Commands() {
			if c.IsAvailableCommand() {
				names = append(names, c.Name()+"\t"+c.Short)
			}
		}
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

// eachCommand walks the tree in the order of help; cobra's own generated
// commands are left out.
func eachCommand(cmd *cobra.Command, visit func(*cobra.Command)) {
	visit(cmd)
	for _, c := range cmd.Commands() {
		if c.IsAvailableCommand() && c.Name() != "completion" {
			eachCommand(c, visit)
		}
	}
}

// manual is docs/manual.md.
func manual(root *cobra.Command) string {
	var b strings.Builder
	b.WriteString("# The manual of pullquote\n\nMade by `pullquote help --markdown` from the text that `--help` prints.\n")
	eachCommand(root, func(c *cobra.Command) {
		fmt.Fprintf(&b, "\n## %s\n\n%s.\n\n", c.CommandPath(), strings.TrimSuffix(c.Short, "."))
		if c.Long != "" {
			fmt.Fprintf(&b, "%s\n\n", c.Long)
		}
		fmt.Fprintf(&b, "```\n%s```\n", strings.TrimPrefix(c.UsageString(), "\n"))
	})
	return b.String()
}

// manPage writes a command's help as a manual page (man(7)).
func manPage(c *cobra.Command) string {
	var b strings.Builder
	name := strings.ReplaceAll(c.CommandPath(), " ", "-")
	fmt.Fprintf(&b, ".TH %s 1 \"\" \"pullquote\" \"pullquote manual\"\n", roff(strings.ToUpper(name)))
	fmt.Fprintf(&b, ".SH NAME\n%s \\- %s\n", roff(name), roff(c.Short))
	fmt.Fprintf(&b, ".SH SYNOPSIS\n.nf\n%s\n.fi\n", roff(c.UseLine()))
	fmt.Fprintf(&b, ".SH DESCRIPTION\n%s\n", roff(orShort(c)))
	if c.HasAvailableSubCommands() {
		b.WriteString(".SH COMMANDS\n")
		for _, s := range c.Commands() {
			if s.IsAvailableCommand() {
				fmt.Fprintf(&b, ".TP\n%s\n%s\n", roff(s.Name()), roff(s.Short))
			}
		}
	}
	flags := func(title string, set *pflag.FlagSet) {
		if !set.HasAvailableFlags() {
			return
		}
		fmt.Fprintf(&b, ".SH %s\n", title)
		set.VisitAll(func(f *pflag.Flag) {
			if f.Hidden {
				return
			}
			value, usage := pflag.UnquoteUsage(f)
			head := "\\-\\-" + roff(f.Name)
			if f.Shorthand != "" {
				head = "\\-" + f.Shorthand + ", " + head
			}
			if value != "" {
				head += " " + roff(value)
			}
			fmt.Fprintf(&b, ".TP\n%s\n%s\n", head, roff(usage))
		})
	}
	flags("OPTIONS", c.LocalFlags())
	flags("OPTIONS OF EVERY COMMAND", c.InheritedFlags())
	if e := c.Annotations["exit"]; e != "" {
		fmt.Fprintf(&b, ".SH EXIT STATUS\n.nf\n%s\n.fi\n", roff(e))
	}
	if c.Example != "" {
		fmt.Fprintf(&b, ".SH EXAMPLE\n.nf\n%s\n.fi\n", roff(c.Example))
	}
	return b.String()
}

func orShort(c *cobra.Command) string {
	if c.Long != "" {
		return c.Long
	}
	return c.Short + "."
}

// roff escapes a text: backslashes, hyphens that must stay hyphens, and lines
// that would begin with a control character.
func roff(s string) string {
	s = strings.ReplaceAll(s, `\`, `\e`)
	s = strings.ReplaceAll(s, "-", `\-`)
	lines := strings.Split(s, "\n")
	for i, l := range lines {
		if strings.HasPrefix(l, ".") || strings.HasPrefix(l, "'") {
			lines[i] = `\&` + l
		}
	}
	return strings.Join(lines, "\n")
}
