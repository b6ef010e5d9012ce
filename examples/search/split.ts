import { Document, DocumentArray, Executor, requests } from 'sluice'

/** Cuts chapters into paragraphs; a question passes as it is. */
export default class Split extends Executor {
  @requests('/index')
  split(chapters: DocumentArray): DocumentArray {
    const paragraphs = new DocumentArray()
    for (const chapter of chapters) {
      const texts = chapter.text.split(/\n\s*\n/).map((text) => text.replaceAll(/\s+/g, ' ').trim())
      for (const text of texts.filter((text) => text.length > 80)) {
        paragraphs.push(new Document({ text, tags: { ...chapter.tags, paragraph: paragraphs.length } }))
      }
    }
    return paragraphs
  }
}
