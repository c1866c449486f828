const test = require('node:test');
const assert = require('node:assert');

test('throws Error: Cannot find module', () => {
  assert.throws(() => require('no-such-module'), /Cannot find module/);
  console.error('Error: listen EADDRINUSE: address already in use');
});

test('a bug that is known', { todo: true }, () => {
  assert.strictEqual(1, 2);
});
