// Open one addon as Node.js itself does, and say what came of it.
//
// Arguments: MARK FILE. Lines of standard output that begin with MARK are this script's: JSON, the host first, the
// result last. `require` binds lazily; that everything is there is asked first, as a loader that binds at once would.
'use strict';

const fs = require('fs');
const { RTLD_NOW, RTLD_LAZY } = require('os').constants.dlopen;
const [mark, file] = process.argv.slice(2);

function say(facts) {
  fs.writeSync(1, `\n${mark}${JSON.stringify(facts)}\n`);
}

function attempt(flags) {
  try {
    process.dlopen({ exports: {} }, file, flags);
    return null;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

say({ host: 'node', version: process.versions.node });
const atOnce = attempt(RTLD_NOW);
const error = atOnce && attempt(RTLD_LAZY);
const result = { way: 'path' };
if (!error) {
  Object.assign(result, { stage: 'imported', lazily: atOnce && atOnce.message });
} else {
  fs.writeSync(2, `${error.stack}\n`);
  const refused = error.code === 'ERR_DLOPEN_FAILED' || error.message.includes(file);
  const abi = /compiled against a different Node\.js version using\s+NODE_MODULE_VERSION (\d+)/.exec(error.message);
  if (refused) {
    const entry = error.message.startsWith('Module did not self-register');
    Object.assign(result, { stage: 'refused', text: error.message, abi: abi && abi[1], entry });
  } else {
    Object.assign(result, { stage: 'loaded', error: { type: error.name, text: error.message } });
  }
}
say(result);
// Neither what the addon wants run at exit nor its threads are waited for.
process.reallyExit(result.stage === 'imported' ? 0 : 1);
