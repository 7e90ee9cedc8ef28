#!/usr/bin/env python3
"""Turn the files of web/ into a C table: embed.py OUT.c TABLE FILE...

Scripts and styles go without indentation and lines of comment; the lines
themselves stay, so that an error's line number is that of the source.
"""
import hashlib
import os
import re
import sys

TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".txt": "text/plain; charset=utf-8",
    ".ts": "text/plain; charset=utf-8",
}


def lean(name, data):
    if not name.endswith((".js", ".mjs", ".css")):
        return data
    return re.sub(rb"(?m)^[ \t]*(//.*|/\*[^*]*\*/)?", b"", data)


def main():
    out, table, files = sys.argv[1], sys.argv[2], sys.argv[3:]
    rows = []
    with open(out, "w", encoding="utf-8") as c:
        c.write('#include "pages.h"\n\n')
        for i, name in enumerate(files):
            with open(name, "rb") as f:
                data = lean(name, f.read())
            c.write("static const unsigned char file_%d[] = {" % i)
            for at in range(0, len(data), 24):
                c.write("\n" + ",".join(str(b) for b in data[at:at + 24]) + ",")
            c.write("\n};\n\n")
            etag = '\\"%s\\"' % hashlib.sha256(data).hexdigest()[:16]
            kind = TYPES[os.path.splitext(name)[1]]
            rows.append('\t{ "/%s", "%s", file_%d, %d, "%s" },\n'
                        % (os.path.basename(name), kind, i, len(data), etag))
        c.write("const struct http_file %s[] = {\n%s\t{ 0 },\n};\n" % (table, "".join(rows)))


main()
