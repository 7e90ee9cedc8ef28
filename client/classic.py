#!/usr/bin/env python3
"""Make the classic script of the module: classic.py platen.mjs > platen.js

As a script in a page it defines `platen`; as CommonJS it is module.exports.
test/lint/client_check.py keeps the two in step.
"""
import re
import sys


def classic(text):
    names = re.findall(r"(?m)^export (?:const|function|class) (\w+)", text)
    text = re.sub(r"(?m)^export ", "", text)
    text = text.replace('import { connect } from "http://127.0.0.1:6310/platen.mjs";',
                        '<script src="http://127.0.0.1:6310/platen.js"></script>')
    text = text.replace("await connect()", "await platen.connect()", 1)
    text = text.replace("const platen = await", "const p = await", 1)
    text = text.replace("await platen.print(", "await p.print(", 1)
    head, body = text.split("*/\n", 1)
    body = re.sub(r"(?m)^(?=.)", "  ", body.strip("\n"))
    return (f"{head}*/\n// Made from platen.mjs by classic.py.\n(function (root) {{\n"
            f'  "use strict";\n\n{body}\n\n'
            f"  const platen = {{ {', '.join(names)} }};\n"
            '  if (typeof module === "object" && module.exports)\n'
            "    module.exports = platen;\n  else\n    root.platen = platen;\n"
            "})(globalThis);\n")


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as f:
        sys.stdout.write(classic(f.read()))
