require('./dist/server.js');
