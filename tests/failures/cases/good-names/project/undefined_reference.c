int undefined_reference;
