import tablefmt

print(tablefmt.table([1, 2]))
