import { Client } from 'sluice/client'

// npm run client, with npm start in another terminal

const host = process.env.FLOW ?? 'http://localhost:8080'
await using client = new Client({ host })
const docs = await client.post(
  '/count',
  process.argv.slice(2).length > 0 ? process.argv.slice(2) : ['Call me Ishmael.'],
)
for (const doc of docs) console.log(`${doc.text}: ${doc.tags.words} words, ${doc.tags.length}`)
