# settings.awk: gavel.ini(5) out of docs/settings.md, so that one text says what each setting is.
#
#	awk -v prefix=/usr/local -f man/settings.awk docs/settings.md >gavel.ini.5
#
# Knows the Markdown that the page uses: headings, paragraphs, lists of one level, fenced blocks, tables of three columns, and inline code,
# emphasis and links. What stands before the second heading becomes the description.

# Between two marks stands a text of its own kind; marks that have no partner stay as they are.
function between(s, mark, font,    out, at, end) {
	out = ""
	while ((at = index(s, mark)) > 0 && (end = index(substr(s, at + length(mark)), mark)) > 1) {
		out = out substr(s, 1, at - 1) "\\f" font substr(s, at + length(mark), end - 1) "\\fP"
		s = substr(s, at + 2 * length(mark) + end - 1)
	}
	return out s
}

# The words of a link without its address.
function unlink(s,    at) {
	while (match(s, /\[[^]`]*\]\([^)]*\)/)) {
		at = index(substr(s, RSTART), "](")
		s = substr(s, 1, RSTART - 1) substr(s, RSTART + 1, at - 2) substr(s, RSTART + RLENGTH)
	}
	return s
}

function inline(s) {
	gsub(/\\\|/, "|", s)
	gsub(/\\/, "\\e", s)
	gsub(/…/, "...", s)
	gsub(/PREFIX\//, prefix "/", s)
	return between(between(between(unlink(s), "**", "B"), "*", "I"), "`", "B")
}

# Text, each sentence on a line of its own; one that begins like a request is none.
function say(s) {
	s = inline(s)
	while (match(s, /[.?] /)) {
		print guard(substr(s, 1, RSTART))
		s = substr(s, RSTART + 2)
	}
	print guard(s)
}

function guard(s) {
	return (s ~ /^[.']/ ? "\\&" : "") s
}

function close_list() {
	if (list != "")
		print ".El"
	list = ""
}

function open_list(kind) {
	if (list == kind)
		return
	close_list()
	list = kind
	print ".Bl -" kind (kind == "tag" ? " -width Ds" : "")
}

function capital(s) {
	sub(/^\*secret\*/, "*Secret*", s)
	return toupper(substr(s, 1, 1)) substr(s, 2)
}

function trim(s) {
	gsub(/^[ \t]+|[ \t]+$/, "", s)
	return s
}

# | `[api] workers` | `2` | processes |: a name, or several of one section, then the default, then what it is.
function row(line,    cells, names) {
	gsub(/\\\|/, "\001", line)
	split(line, cells, "|")
	names = trim(cells[2])
	if (names !~ /^`\[/)
		return
	gsub(/`/, "", names)
	open_list("tag")
	print ".It Bo " substr(names, 2, index(names, "]") - 2) " Bc Cm" substr(names, index(names, "]") + 1)
	if (trim(cells[3]) != "")
		say("Default: " trim(cells[3]) ".")
	gsub(/\001/, "|", cells[4])
	if (trim(cells[3]) != "" && trim(cells[4]) != "")
		print ".br"
	if (trim(cells[4]) != "")
		say(capital(trim(cells[4])) ".")
}

BEGIN {
	print ".\\\" Made from docs/settings.md by man/settings.awk: change it there."
	print ".Dd November 28, 2026\n.Dt GAVEL.INI 5\n.Os Gavel"
	print ".Sh NAME\n.Nm gavel.ini\n.Nd settings of Gavel's programs\n.Sh DESCRIPTION"
}

/^```/ {
	close_list()
	print fenced ? ".Ed" : ".Bd -literal -offset indent"
	fenced = !fenced
	blank = fenced ? 0 : 1
	next
}
fenced {
	gsub(/\\/, "\\e")
	print (/^[.']/ ? "\\&" : "") $0
	next
}
/^# / { next }
/^## / {
	close_list()
	if (!settings++)
		print ".Sh SETTINGS"
	print ".Ss " substr($0, 4)
	fresh = 1
	next
}
/^\|/ {
	row($0)
	fresh = 0
	next
}
/^$/ {
	blank = 1
	next
}
/^- / {
	open_list("bullet")
	print ".It"
	say(substr($0, 3))
	blank = 0
	next
}
/^  / && list == "bullet" {
	say(trim($0))
	next
}
{
	close_list()
	if (blank && started && !fresh)
		print ".Pp"
	say($0)
	started = 1
	blank = fresh = 0
}

END {
	close_list()
	print ".Sh FILES\n.Bl -tag -width Ds\n.It Pa /etc/gavel/gavel.ini\nRead when nothing else is named.\n.El"
	print ".Sh SEE ALSO\n.Xr gavelctl 1 ,\n.Xr gavel-admin 8 ,\n.Xr gavel-api 8 ,\n.Xr gavel-jobs 8"
}
