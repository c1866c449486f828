int lua_gettop(void *state);

/* What makes it a plugin of Lua is the name that it exports. */
int ENTRY(void *state) { return lua_gettop(state); }
