/** carillon: the command line. */
console.error('carillon: not built yet');
process.exitCode = 64;
