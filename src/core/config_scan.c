/*
 * What libconfuse is spared: comments are blanked, because its lines go astray
 * at them (3.3 counts the end of one up to three times), and what it would let
 * pass in silence is found: open quotes, comments and braces, and a bare '*'.
 */
#include "core/config_inside.h"

#include <string.h>

struct scan {
	char *at;
	int line, line_open; /* of the outermost brace */
	unsigned depth;
	bool in_word;
	const char *wrong;
	int line_wrong;
};

static bool scan_wrong(struct scan *s, int line, const char *wrong)
{
	s->wrong = wrong;
	s->line_wrong = line;
	return false;
}

static bool skip_quoted(struct scan *s)
{
	int line = s->line;
	for (char quote = *s->at++; *s->at != quote; s->at++) {
		if (*s->at == '\\' && s->at[1])
			s->at++;
		if (!*s->at)
			return scan_wrong(s, line, "a quoted text is not closed");
		s->line += *s->at == '\n';
	}
	s->at++;
	return true;
}

static bool blank_line(struct scan *s)
{
	while (*s->at && *s->at != '\n')
		*s->at++ = ' ';
	return true;
}

static bool blank_block(struct scan *s)
{
	char *end = strstr(s->at + 2, "*/");
	if (!end)
		return scan_wrong(s, s->line, "a comment is not closed");
	for (; s->at < end + 2; s->at++) {
		s->line += *s->at == '\n';
		if (*s->at != '\n')
			*s->at = ' ';
	}
	return true;
}

static bool scan_one(struct scan *s)
{
	char c = *s->at;
	bool in_word = s->in_word;
	s->in_word = false;
	if (c == '"' || c == '\'')
		return skip_quoted(s);
	if (c == '#' || (!in_word && c == '/' && s->at[1] == '/'))
		return blank_line(s);
	if (!in_word && c == '/' && s->at[1] == '*')
		return blank_block(s);
	if (c == '*') /* libconfuse would leave it out */
		return scan_wrong(s, s->line, "'*' must stand in quotes");
	if (c == '{' && !s->depth++)
		s->line_open = s->line;
	if (c == '}' && s->depth)
		s->depth--;
	s->line += c == '\n';
	s->in_word = !strchr(" \t\r\n={}()+,", c);
	s->at++;
	return true;
}

const char *config_scan(char *text, int *line)
{
	struct scan s = { .at = text, .line = 1 };
	while (*s.at && scan_one(&s))
		;
	if (!s.wrong && s.depth)
		scan_wrong(&s, s.line_open, "a block is not closed");
	*line = s.line_wrong;
	return s.wrong;
}
