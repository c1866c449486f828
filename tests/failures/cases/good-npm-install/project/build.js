console.error('warning: error pages are not translated');
try {
  require('fsevents');
} catch (error) {
  console.error('optional: ' + error.message.split('\n')[0]);
}
console.log('built');
