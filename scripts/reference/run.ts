import { writeFileSync } from 'node:fs'
import { generate } from './generate.ts'

// Makes docs/reference.md and the schema for editors. Run it after changing an option; the result is committed.
for (const [file, text] of generate()) writeFileSync(file, text)
