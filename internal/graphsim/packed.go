package graphsim

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"net/http"
	"strings"
	"sync"
)

// packedPages keeps pages of calls as they were compressed, so that a client
// that is measured shares its cores with little else.
type packedPages struct {
	mu    sync.Mutex
	pages map[pageKey]packedPage
	bytes int
}

// maxPackedPages is how many bytes are kept.
const maxPackedPages = 64 << 20

// pageKey is all that a page depends on: the version of the call, and what the
// client asks for.
type pageKey struct {
	record      *layout
	uri, prefer string
}

type packedPage struct {
	applied string // Preference-Applied
	body    []byte
}

// write answers with the page.
func (p packedPage) write(w http.ResponseWriter) {
	describePage(w.Header(), p.applied)
	w.Header().Set("Content-Encoding", "gzip")
	writeAll(w, p.body)
}

func keyOf(record Record, r *http.Request) pageKey {
	return pageKey{record.layout, r.RequestURI, strings.Join(r.Header.Values("Prefer"), ", ")}
}

func (p *packedPages) get(key pageKey) (packedPage, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	page, ok := p.pages[key]
	return page, ok
}

func (p *packedPages) put(key pageKey, page packedPage) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.bytes += len(page.body); p.pages == nil || p.bytes > maxPackedPages {
		p.pages, p.bytes = map[pageKey]packedPage{}, len(page.body)
	}
	p.pages[key] = page
}

// pack compresses a page.
func (s *Server) pack(body pieces) []byte {
	var packed bytes.Buffer
	z, ok := s.compressors.Get().(*gzip.Writer)
	if !ok {
		var err error
		if z, err = gzip.NewWriterLevel(nil, gzip.BestSpeed); err != nil {
			panic(fmt.Sprintf("graphsim: making a gzip writer: %v", err))
		}
	}
	defer s.compressors.Put(z)
	z.Reset(&packed)
	for _, b := range body {
		// It doesn't fail, since writing to a buffer doesn't.
		_, _ = z.Write(b)
	}
	_ = z.Close()
	return packed.Bytes()
}
