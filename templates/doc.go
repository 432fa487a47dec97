// Package templates owns Latchkey's words and what they look like: the mails
// (mail/) and the pages (pages/). Both are embedded in the program, and each file
// can be replaced from disk by one of the same name.
//
// It parses and renders; it decides nothing. What a mail may say is MailFacts, who
// gets one is package mailer's business, and when a page is shown is package
// handlers'.
package templates
