# Wire shapes are generated at build time from model/*.json by tools/; filled in with the generator.
