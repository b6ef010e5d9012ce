import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { upload } from './uploads.ts'

const full = process.env.CI_FULL === '1'
const count = full ? 10_000 : 300

it(`${count} uploads of 1 MB leave memory and temporary files as they were`, {
  timeout: full ? 900_000 : 120_000,
}, async () => {
  const temporary = mkdtempSync(join(tmpdir(), 'sluice-uploads-'))
  const { answered, firstBytes, mostBytes, temporaryFiles } = await upload(count, temporary)
  expect(answered).toBe(count)
  expect(temporaryFiles).toBe(0)
  // eight at once are 8 MB; 100 MB more would be files that stay
  expect(mostBytes).toBeLessThan(firstBytes * 1.3 + 50_000_000)
})
