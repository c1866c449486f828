int cannot_find;
