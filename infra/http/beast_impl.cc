// The compiled part of Beast, once for the process (BOOST_BEAST_SEPARATE_COMPILATION).
#include <boost/beast/src.hpp>
