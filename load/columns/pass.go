package columns

// pass adds the values of the next rows of another file.
func (c *column) pass(s *source, rows int) error {
	switch {
	case s.pages == nil:
		return c.passNulls(rows)
	case c.list:
		return c.passLists(s, rows)
	case c.kind == text:
		return c.passTexts(s, rows)
	default:
		return c.passWords(s, rows)
	}
}

func (c *column) passNulls(rows int) error {
	for rows > 0 {
		n := min(rows, c.room())
		for range n {
			c.defs = append(c.defs, 0)
			if c.maxRep > 0 {
				c.reps = append(c.reps, 0)
			}
		}
		if err := c.wrote(n); err != nil {
			return err
		}
		rows -= n
	}
	return nil
}

func (c *column) passLists(s *source, rows int) error {
	for range rows {
		err := s.eachOfRow(func(rep, def byte) {
			if s.origin.Missing {
				def = min(def, byte(s.origin.Parent))
			}
			c.level(rep, def)
			switch {
			case def < c.maxDef:
			case c.kind == text:
				c.passText(s)
			default:
				c.takeWords(s, 1)
			}
		})
		if err != nil {
			return err
		}
		if err := c.wrote(1); err != nil {
			return err
		}
	}
	return nil
}

func (c *column) passTexts(s *source, rows int) error {
	for rows > 0 {
		n, err := s.some(min(rows, c.room()))
		if err != nil {
			return err
		}
		i := 0
		for ; i < n && c.texts.fits(); i++ {
			if c.maxDef == 0 || s.defs[i] == c.maxDef {
				c.passText(s)
			}
		}
		if c.maxDef > 0 {
			c.defs = append(c.defs, s.defs[:i]...)
			s.defs = s.defs[i:]
		} else {
			s.rows -= i
		}
		if err := c.wrote(i); err != nil {
			return err
		}
		rows -= i
	}
	return nil
}

// passText takes one string.
func (c *column) passText(s *source) {
	if !s.coded {
		c.texts.add(s.plain.text(s.plain.next))
		s.plain.next++
		return
	}
	code := s.codes[0]
	s.codes = s.codes[1:]
	if c.texts.plain {
		c.texts.add(s.entries.text(int(code)))
		return
	}
	same := c.sameCodes(s)
	if same[code] < 0 {
		same[code] = c.texts.code(s.entries.text(int(code)))
	}
	c.texts.codes = append(c.texts.codes, same[code])
}

func (c *column) passWords(s *source, rows int) error {
	for rows > 0 {
		n, err := s.some(min(rows, c.room()))
		if err != nil {
			return err
		}
		if c.maxDef > 0 {
			c.defs = append(c.defs, s.defs[:n]...)
		}
		c.takeWords(s, s.count(n))
		if err := c.wrote(n); err != nil {
			return err
		}
		rows -= n
	}
	return nil
}

// takeWords takes numbers or booleans.
func (c *column) takeWords(s *source, n int) {
	if !s.coded {
		for i := s.plain.next; i < s.plain.next+n; i++ {
			c.words.add(s.plain.word(c.kind, i))
		}
		s.plain.next += n
		return
	}
	codes := s.codes[:n]
	s.codes = s.codes[n:]
	if c.words.plain {
		for _, code := range codes {
			c.words.add(s.entries.word(c.kind, int(code)))
		}
		return
	}
	same := c.sameCodes(s)
	for _, code := range codes {
		if same[code] < 0 {
			same[code] = c.words.code(s.entries.word(c.kind, int(code)))
		}
		c.words.codes = append(c.words.codes, same[code])
	}
}

// sameCodes are the codes that the column has for the entries of another
// dictionary, as far as they have been met in this row group.
func (c *column) sameCodes(s *source) []int32 {
	if s.group != c.group {
		for i := range s.same {
			s.same[i] = -1
		}
		s.group = c.group
	}
	return s.same
}
