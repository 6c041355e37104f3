"""Text SOPs to draft recipes.

    from avops.sop.convert import convert
    convert(text, file="sops/display.md", tools=catalog)  ->  Conversion, or raises NoProcedure

The text becomes blocks (`source`, `blocks`, `plain`), the blocks sentences (`sentences`), each sentence is read
(`grammar`, `foreign`) and judged (`classify`), steps get their phase (`phases`, `verification`), their inputs (`inputs`,
`branches`) and, where a tool does what they say, a call (`binding`, `arguments`, `actions`); `recipe_text` writes the YAML
and `coverage` accounts for every line. Verbs, headings and other vocabulary are files in `data/`.
"""
