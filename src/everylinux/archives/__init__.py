"""Reading archives of every format as a stream of members, and writing members below a folder and nowhere else.

Everything here takes its input for hostile: memory is bounded whatever a header claims, and so is what one archive may
grow to (`budget.Budget`).
"""
