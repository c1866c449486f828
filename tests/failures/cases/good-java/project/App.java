import java.util.*;

public class App {
    public static void main(String[] args) {
        List list = new ArrayList();
        list.add("error");
        try {
            System.loadLibrary("foozle");
        } catch (UnsatisfiedLinkError error) {
            System.err.println("plain Java is used: " + error.getMessage());
        }
        System.out.println("BUILD SUCCESSFUL, 0 errors");
    }
}
