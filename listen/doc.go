// Package listen receives Microsoft Graph's change notifications of call
// records, and keeps the subscription to them. It puts the ids of calls into an
// inbox, from where a sync takes them, and does nothing else: it fetches no
// call and knows no lake. Graph may lose notifications, so that a sync finds
// calls by listing, too; what is received here is in the lake sooner.
//
// See https://learn.microsoft.com/graph/change-notifications-delivery-webhooks.
package listen
