const trim = require('left-trim');
console.log(trim(' built'));
