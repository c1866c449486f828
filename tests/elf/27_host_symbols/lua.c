int lua_gettop(void *state);
double pow(double, double);

/* What makes it a plugin of Lua is the name that it exports. */
#ifdef POWER
int ENTRY(void *state) { return (int)pow(lua_gettop(state), 2.5); }
#else
int ENTRY(void *state) { return lua_gettop(state); }
#endif
