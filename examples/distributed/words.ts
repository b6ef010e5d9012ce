import { hostname } from 'node:os'
import { type Document, type DocumentArray, requests } from 'sluice'
import Split from '../search/split.ts'

const replica = `${hostname()} ${process.pid}`

/** Cuts texts into paragraphs, and says by which words each is found: the work that any number of replicas share. */
export default class Words extends Split {
  override split(texts: DocumentArray): DocumentArray {
    return tagged(super.split(texts))
  }

  @requests('/search')
  read(questions: DocumentArray): DocumentArray {
    return tagged(questions)
  }
}

function tagged(docs: DocumentArray): DocumentArray {
  for (const doc of docs) Object.assign(doc.tags, { words: wordsOf(doc), replica })
  return docs
}

function wordsOf({ text }: Document): string[] {
  const words = text.toLowerCase().match(/\p{L}+/gu) ?? []
  // enough of English endings that "whales" finds "whale"
  return [...new Set(words.map((word) => (word.length > 4 ? word.replace(/(ing|ed|es|s)$/, '') : word)))]
}
