#!/usr/bin/env node
// The command line: each command stands in a file of its own in cli/.

import { run } from './cli/program.ts'

await run(process.argv.slice(2))
