/*
 * Each row says what an attribute means as CSS; `%` stands for its value. The
 * text goes through the same parser as any style.
 */
#include "render/html/css_hints.h"

#include <stdlib.h>
#include <string.h>

enum form {
	FORM_WORD,    /* as it is, when it is one word */
	FORM_LENGTH,  /* "50%", "50": pixels */
	FORM_COLOR,   /* also "fff" */
	FORM_BORDER,  /* pixels; empty is 1 */
	FORM_SIZE,    /* of <font>: 1..7, +1 */
	FORM_FLAG,    /* that it is there */
	FORM_RULE,    /* how thick <hr> is, its border included */
	FORM_TEXT,
};

struct hint {
	const char *tags; /* " td th "; NULL: any */
	const char *attr;
	enum form form;
	const char *css;
};

static const struct hint hints[] = {
	{ NULL, "dir", FORM_WORD, "direction:%;unicode-bidi:isolate" },
	{ NULL, "hidden", FORM_FLAG, "display:none" },
	{ " td th tr tbody thead tfoot col colgroup ", "align", FORM_WORD, "text-align:%" },
	{ " p h1 h2 h3 h4 h5 h6 ", "align", FORM_WORD, "text-align:%" },
	{ " div caption ", "align", FORM_WORD, "text-align:-webkit-%" },
	{ " td th tr tbody thead tfoot ", "valign", FORM_WORD, "vertical-align:%" },
	{ " table td th col colgroup img hr pre object canvas svg ", "width", FORM_LENGTH,
	    "width:%" },
	{ " table td th tr img object canvas svg ", "height", FORM_LENGTH, "height:%" },
	{ " table tr td th tbody thead tfoot body ", "bgcolor", FORM_COLOR, "background-color:%" },
	{ " body ", "text", FORM_COLOR, "color:%" },
	{ " table ", "border", FORM_BORDER, "border:% outset gray" },
	{ " img ", "border", FORM_BORDER, "border:% solid" },
	{ " table ", "cellspacing", FORM_LENGTH, "border-spacing:%" },
	{ " td th ", "nowrap", FORM_FLAG, "white-space:nowrap" },
	{ " font ", "color", FORM_COLOR, "color:%" },
	{ " font ", "face", FORM_TEXT, "font-family:%" },
	{ " font ", "size", FORM_SIZE, "font-size:%" },
	{ " hr ", "size", FORM_RULE, "%" },
	{ " hr ", "color", FORM_COLOR, "border-color:%;color:%" },
	{ " hr ", "noshade", FORM_FLAG, "border-style:solid;background:gray" },
	{ " ol li ", "type", FORM_WORD, "list-style-type:%" },
	{ " br ", "clear", FORM_WORD, "clear:%" },
	{ " body ", "leftmargin", FORM_LENGTH, "margin-left:%;margin-right:%" },
	{ " body ", "topmargin", FORM_LENGTH, "margin-top:%;margin-bottom:%" },
	{ " img ", "hspace", FORM_LENGTH, "margin-left:%;margin-right:%" },
	{ " img ", "vspace", FORM_LENGTH, "margin-top:%;margin-bottom:%" },
};

/* Values that HTML spells in its own way. */
static const struct { const char *attr, *value, *word; } spellings[] = {
	{ "align", "middle", "center" }, { "valign", "center", "middle" },
	    { "clear", "all", "both" },
	{ "type", "1", "decimal" }, { "type", "a", "lower-alpha" }, { "type", "i", "lower-roman" },
	{ "dir", "auto", "ltr" },
};

static bool has_tag(const char *tags, struct str tag)
{
	for (const char *at = tags; (at = strchr(at, ' ')) && at[1]; at++)
		if (!strncmp(at + 1, tag.ptr, tag.len) && at[1 + tag.len] == ' ')
			return true;
	return false;
}

static struct str length_text(struct arena *a, struct str v)
{
	char *end;
	double n = strtod(v.ptr, &end);
	if (end == v.ptr || n < 0 || n > 1e6)
		return STR_NONE;
	return arena_printf(a, "%g%s", n, *end == '%' ? "%" : "px");
}

static struct str color_text(struct arena *a, struct str v)
{
	v = str_trim(v);
	bool hex = v.len == 6 && strspn(v.ptr, "0123456789abcdefABCDEF") >= 6;
	return hex ? arena_printf(a, "#%.*s", STR_ARG(v)) : v;
}

static struct str size_text(struct str v)
{
	static const char *const sizes[] = { "x-small", "small", "medium", "large", "x-large",
		"xx-large", "xxx-large" };
	bool relative = *v.ptr == '+' || *v.ptr == '-';
	long n = strtol(v.ptr, NULL, 10) + (relative ? 3 : 0);
	return str_of(sizes[n < 1 ? 0 : n > 7 ? 6 : n - 1]);
}

static struct str rule_text(struct arena *a, struct str v)
{
	long n = strtol(v.ptr, NULL, 10);
	return n <= 1 ? STR("border-bottom-width:0") : n > 1000 ? STR_NONE :
	    arena_printf(a, "height:%ldpx", n - 2);
}

static struct str word_text(struct arena *a, const char *attr, struct str v)
{
	for (size_t i = 0; i < sizeof(spellings) / sizeof(*spellings); i++)
		if (!strcmp(attr, spellings[i].attr) && str_is(v, spellings[i].value))
			return str_of(spellings[i].word);
	if (!strcmp(attr, "type") && (str_is(v, "A") || str_is(v, "I")))
		return str_of(*v.ptr == 'A' ? "upper-alpha" : "upper-roman");
	v = arena_lower(a, v);
	for (size_t i = 0; i < v.len; i++)
		if (v.ptr[i] < 'a' || v.ptr[i] > 'z')
			return STR_NONE;
	return v;
}

static struct str value_text(struct arena *a, const struct hint *h, struct str v)
{
	switch (h->form) {
	case FORM_WORD:
		return word_text(a, h->attr, v);
	case FORM_LENGTH:
		return length_text(a, v);
	case FORM_COLOR:
		return color_text(a, v);
	case FORM_BORDER:
		return v.len ? length_text(a, v) : STR("1px");
	case FORM_SIZE:
		return size_text(v);
	case FORM_RULE:
		return rule_text(a, v);
	case FORM_FLAG:
		return STR("1");
	case FORM_TEXT:
		break;
	}
	return v;
}

static void add_hint(struct arena *a, const struct hint *h, struct str value, struct buf *css)
{
	struct str text = value_text(a, h, value);
	if (!text.len || memchr(text.ptr, ';', text.len))
		return;
	for (const char *c = h->css; *c; c++) {
		if (*c == '%')
			buf_add_str(css, text);
		else
			buf_add_byte(css, (uint8_t)*c);
	}
	buf_add_byte(css, ';');
}

/* The cells of a table follow its attributes. */
static void add_cell_hints(struct arena *a, const struct node *n, struct buf *css)
{
	const struct node *table = n->parent;
	while (table && !node_is(table, "table"))
		table = table->parent;
	if (!table)
		return;
	struct str border = node_attr(table, "border");
	struct str padding = node_attr(table, "cellpadding");
	if (border.ptr && !str_is(border, "0"))
		buf_puts(css, "border:1px inset gray;");
	if (padding.len && length_text(a, padding).len)
		buf_printf(css, "padding:%.*s;", STR_ARG(length_text(a, padding)));
}

/* SVG's presentation attributes have the names of its properties. */
static void add_svg_hints(const struct node *n, struct buf *css)
{
	static const char *const names[] = { "fill", "stroke", "stroke-width", "stroke-linecap",
		"stroke-linejoin", "stroke-dasharray", "stroke-dashoffset", "stroke-miterlimit",
		"fill-rule", "fill-opacity", "stroke-opacity", "shape-rendering", "text-anchor",
		"dominant-baseline", "stop-color", "stop-opacity", "font-size", "font-family",
		"font-weight", "font-style", "color", "visibility", "display", "opacity",
		"letter-spacing", "direction" };
	for (unsigned i = 0; i < n->attr_count; i++)
		for (size_t k = 0; k < sizeof(names) / sizeof(*names); k++) {
			if (!str_is(n->attrs[i].name, names[k]))
				continue;
			char *end;
			struct str v = n->attrs[i].value;
			bool bare = !strcmp(names[k], "font-size") && v.len &&
			    (strtod(v.ptr, &end), end != v.ptr && !*end);
			if (!memchr(v.ptr, ';', v.len))
				buf_printf(css, "%s:%.*s%s;", names[k], STR_ARG(v),
				    bare ? "px" : "");
		}
}

struct declaration *css_hints(struct doc *d, const struct node *n, size_t *count)
{
	struct buf css;
	struct arena *a = &d->arena;
	bool cell = node_is(n, "td") || node_is(n, "th");
	*count = 0;
	if (!n->attr_count && !cell)
		return NULL;
	buf_init(&css, 8192);
	if (n->svg)
		add_svg_hints(n, &css);
	for (unsigned i = 0; i < n->attr_count; i++)
		for (size_t k = 0; k < sizeof(hints) / sizeof(*hints); k++)
			if (str_is(n->attrs[i].name, hints[k].attr) &&
			    (!hints[k].tags || has_tag(hints[k].tags, n->tag)))
				add_hint(a, &hints[k], n->attrs[i].value, &css);
	if (cell)
		add_cell_hints(a, n, &css);
	struct str text = arena_copy(a, buf_str(&css));
	buf_finish(&css);
	return text.len ? css_parse_declarations(d, css_tokens(a, text, &d->token_budget), count) :
	    NULL;
}

const char css_browser_sheet[] =
"html,body,div,p,h1,h2,h3,h4,h5,h6,ul,ol,dl,dt,dd,pre,blockquote,address,article,aside,section,"
"header,footer,main,nav,figure,figcaption,center,form,fieldset,hr,details,summary,hgroup,dir,menu,"
"legend,optgroup,option,search{display:block}"
"head,script,style,title,meta,link,base,template,noframes,param,source,track,datalist,area,"
"colgroup[hidden],dialog,rp,noembed{display:none}"
"body{margin:8px}p,dl{margin:1em 0}"
"h1{font-size:2em;margin:.67em 0;font-weight:bold}h2{font-size:1.5em;margin:.83em 0;"
"font-weight:bold}"
"h3{font-size:1.17em;margin:1em 0;font-weight:bold}h4{margin:1.33em 0;font-weight:bold}"
"h5{font-size:.83em;margin:1.67em 0;font-weight:bold}h6{font-size:.67em;margin:2.33em 0;"
"font-weight:bold}"
"section h1,article h1,nav h1,aside h1{font-size:1.5em;margin:.83em 0}"
"b,strong{font-weight:bolder}i,em,cite,dfn,var,address{font-style:italic}"
"u,ins{text-decoration:underline}s,strike,del{text-decoration:line-through}"
"small{font-size:smaller}big{font-size:larger}"
"sub{font-size:smaller;vertical-align:sub}sup{font-size:smaller;vertical-align:super}"
"code,kbd,samp,tt{font-family:monospace}"
"pre,xmp,listing{font-family:monospace;white-space:pre;margin:1em 0;display:block}"
"center{text-align:-webkit-center}nobr{white-space:nowrap}"
"blockquote,figure{margin:1em 40px}dd{margin-inline-start:40px}"
"ul,ol,menu,dir{margin:1em 0;padding-inline-start:40px}ul,menu,dir{list-style-type:disc}"
"ol{list-style-type:decimal}li{display:list-item}"
"ul ul,ol ul{list-style-type:circle}ul ul ul,ol ol ul,ul ol ul,ol ul ul{list-style-type:square}"
"ul ul,ul ol,ol ul,ol ol{margin-top:0;margin-bottom:0}"
"hr{margin:.5em auto;border:1px inset gray;color:gray;box-sizing:border-box}"
"table{display:table;border-spacing:2px;border-collapse:separate;box-sizing:border-box;"
"text-indent:0}"
"caption{display:table-caption;text-align:-webkit-center}tr{display:table-row}"
"thead{display:table-header-group;vertical-align:middle}"
"tbody{display:table-row-group;vertical-align:middle}"
"tfoot{display:table-footer-group;vertical-align:middle}tr{vertical-align:inherit}"
"col{display:table-column}colgroup{display:table-column-group}"
"td,th{display:table-cell;vertical-align:inherit;padding:1px}th{font-weight:bold;text-align:center}"
"mark{background:#ff0;color:#000}q::before{content:'\"'}q::after{content:'\"'}"
"img,svg,canvas,object,platen-barcode{display:inline-block}img{box-sizing:content-box}"
"fieldset{margin:0 2px;border:2px groove #c0c0c0;padding:.35em .75em .625em}"
"bdo{unicode-bidi:bidi-override}bdi{unicode-bidi:isolate}"
"ruby,rt{display:inline}rt{font-size:50%}"
"a:link{color:#0000ee;text-decoration:underline}"
"details:not([open])>:not(summary){display:none}"
"svg{overflow:hidden}wbr{display:inline}";

const char css_quirks_sheet[] =
"table{white-space:normal;line-height:normal;font-weight:normal;font-size:medium;font-style:normal;"
"text-align:start}";
