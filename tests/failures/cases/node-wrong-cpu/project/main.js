require('./addon.node');
