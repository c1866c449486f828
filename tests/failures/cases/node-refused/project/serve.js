require('http').createServer((asked, answer) => answer.end()).listen(18733, () => require('./fetch.js'));
