/** Is imported into each instance before its own code: it ends with the example, also when that is killed. */
process.once('disconnect', () => process.exit(1))
process.channel?.unref() // it is no reason to stay
