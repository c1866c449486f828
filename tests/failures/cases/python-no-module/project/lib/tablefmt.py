def table(rows):
    return "\n".join(map(str, rows))
